"""A stand-in for AWS Batch: a server of its own that boto3 talks to as to AWS, whose jobs are real processes.

Every rule that it imitates stands beside it in AWS's words, from the service's model or its user guide. It knows
nothing of who uses it, and no product code knows of it.
"""
