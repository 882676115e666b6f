"""Where code lives: files and standard input as text that the engine reads, and back to bytes, exactly."""
