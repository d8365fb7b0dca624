"""What is said and to whom: letters, facts of a message, alerts, and whether messages get through."""
