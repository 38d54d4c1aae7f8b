"""What is watched for, and what was met, in the catalog."""
