"""F44 to F46: lists that bring the wrong people back, stop half-way, or are a mess."""
