"""Interactive plotly figures: pure functions of tables and arrays, wrapped by the widgets."""
