"""An S3 server of another maker (moto), over real HTTP on a free loopback port, for tests that keep files in a bucket."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

REGION = "eu-west-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


class S3Server:
    """One server with one bucket; `bucket` is a client that sees what the server holds."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        self.address = f"http://127.0.0.1:{self.server.get_host_and_port()[1]}"
        self.client: Any = boto3.client("s3", endpoint_url=self.address, region_name=REGION)
        self.client.create_bucket(Bucket="firm-files", CreateBucketConfiguration={"LocationConstraint": REGION})

    def url(self, folder: str = "live") -> str:
        return f"s3://firm-files/{folder}?endpoint={self.address}&region={REGION}"

    def names(self) -> list[str]:
        return [found["Key"] for found in self.client.list_objects_v2(Bucket="firm-files").get("Contents", [])]

    def read(self, key: str) -> bytes:
        data: bytes = self.client.get_object(Bucket="firm-files", Key=key)["Body"].read()
        return data

    def write(self, key: str, data: bytes) -> None:
        self.client.put_object(Bucket="firm-files", Key=key, Body=data)

    def clear(self) -> None:
        for key in self.names():
            self.client.delete_object(Bucket="firm-files", Key=key)

    def close(self) -> None:
        self.client.close()
        self.server.stop()


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """The server, with credentials in the environment, where boto3 looks for them."""
    before = {name: os.environ.get(name) for name in CREDENTIALS}
    os.environ.update(CREDENTIALS)
    server = S3Server()
    try:
        yield server
    finally:
        server.close()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
