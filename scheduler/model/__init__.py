"""What is asked of the engine and what it answers: plain, frozen values that refuse nonsense."""
