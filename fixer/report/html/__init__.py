"""Reports to look at: one self-contained page that opens in any browser, needs no network and runs no script."""
