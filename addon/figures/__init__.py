"""What memory did, counted: requests, tokens, money and time saved, versions and alarms; for people and Prometheus."""
