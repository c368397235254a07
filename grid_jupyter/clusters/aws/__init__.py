"""Running trials on machines of the user's own AWS account, through AWS Batch."""
