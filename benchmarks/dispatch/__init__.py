"""How many to ask when: the engine's waves beside other habits, on invented appointments; see docs/engine/waves.md."""
