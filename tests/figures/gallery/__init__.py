"""Every figure of the suite drawn from made-up data: what the tests of styles draw."""
