"""What mitmproxy and mitmweb show of Rote: commands, the content view and its text, marks and comments."""
