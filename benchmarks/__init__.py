"""Performance ratios, measured side by side in one run: `make bench`. Seconds depend on the machine; ratios less."""
