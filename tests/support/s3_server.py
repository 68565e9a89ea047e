"""A local S3: python s3_server.py PORT BUCKET. Says "up" when the bucket is there, and ends with its standard input."""

from __future__ import annotations

import sys

import boto3
from moto.server import ThreadedMotoServer

if __name__ == "__main__":
    port, bucket = int(sys.argv[1]), sys.argv[2]
    ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False).start()
    address = f"http://127.0.0.1:{port}"
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=address, **keys).create_bucket(Bucket=bucket)
    print("up", flush=True)
    sys.stdin.read()
