#!/bin/bash
# Writes what AWS says about taking this machine away to DIRECTORY/spot-notice, where containers see it.
directory=${1:-/grid}
pause=${2:-5}
metadata=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}/latest

while sleep "$pause"; do
  token=$(curl -sfm 2 -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" "$metadata/api/token") || continue
  notice=$(curl -sfm 2 -H "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/spot/instance-action") || continue
  printf '%s\n' "$notice" > "$directory/.spot-notice" && mv "$directory/.spot-notice" "$directory/spot-notice"
done
