"""Symbolication: production stack frames back to what somebody wrote."""
