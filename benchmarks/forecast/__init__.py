"""The forecast beside counting the past, on invented towns whose truth is known; see docs/engine/forecast.md."""
