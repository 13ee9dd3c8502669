"""Java's stacks: of the JVM and of Android's runtime, chains of causes, thread dumps."""
