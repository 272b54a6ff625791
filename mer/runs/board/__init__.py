"""The run board: studies and runs, their state, and what starts them."""
