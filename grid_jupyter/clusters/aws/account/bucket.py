"""The bucket: code, data sets, and what trials write."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from grid_jupyter.clusters.aws.names import MANAGED
from grid_jupyter.clusters.aws.refusals import code_of, passing
from grid_jupyter.errors import CommandError

from .policies import encrypted_only
from .resource import Resource, State, is_ours, plain_tags, tag_list

if TYPE_CHECKING:
    from grid_jupyter.clusters.aws.cloud import Cloud

_SPEC_TAG = "grid:spec"
_UNTAGGED = "NoSuchTagSet"
_CODE_DAYS = 180
_PARTS_DAYS = 7
_DEFAULT_REGION = "us-east-1"


class BucketResource(Resource):
    """The bucket, which nobody else can read and which takes nothing over an open connection.

    A digest of all its settings is its last tag, so that one look tells whether they are all there.
    """

    kind = "bucket"
    purpose = "keeps code, data sets, and what trials write"

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, cloud.bucket.name)
        self._s3 = cloud.bucket.client
        self._place = {"Bucket": self.name, "ExpectedBucketOwner": cloud.account}

    def state(self) -> State:
        """Return how it is."""
        tags = self._tags()
        if tags is None:
            return State.MISSING
        if not is_ours(tags) and not self.is_empty():
            return State.FOREIGN
        return State.READY if tags.get(_SPEC_TAG) == self._spec() else State.OUTDATED

    def _tags(self) -> dict[str, str] | None:
        """Return its tags; none where it was made and setting it up was cut off, ``None`` where there is no bucket."""
        from botocore.exceptions import ClientError

        try:
            found = self._s3.get_bucket_tagging(**self._place)["TagSet"]
        except ClientError as error:
            if code_of(error) == _UNTAGGED:
                return {}
            if code_of(error) == "NoSuchBucket":
                return None
            raise
        return plain_tags(found)

    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return not self._s3.list_objects_v2(MaxKeys=1, **self._place).get("Contents")

    def ensure(self) -> None:
        """Make it, or bring its settings up to date.

        Raises:
            CommandError: The name is taken by somebody else.
        """
        self._create()
        self._s3.put_bucket_tagging(Tagging={"TagSet": tag_list()}, **self._place)
        for name, value in self._settings().items():
            getattr(self._s3, name)(**value, **self._place)
        tags = {**MANAGED, _SPEC_TAG: self._spec()}
        self._s3.put_bucket_tagging(Tagging={"TagSet": tag_list(tags)}, **self._place)

    def _create(self) -> None:
        from botocore.exceptions import ClientError

        region = self._cloud.region
        where = {} if region == _DEFAULT_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            self._s3.create_bucket(Bucket=self.name, **where)
        except ClientError as error:
            if code_of(error) == "BucketAlreadyExists":
                raise CommandError(
                    f"the bucket {self.name} belongs to another AWS account; nothing can be kept in it. "
                    "Choose another region with --region"
                ) from None
            if code_of(error) != "BucketAlreadyOwnedByYou":
                raise

    def _settings(self) -> dict[str, dict[str, Any]]:
        """Return the calls that set it up, in their order; what refuses calls comes last."""
        closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        encryption = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}
        parts = {"DaysAfterInitiation": _PARTS_DAYS}
        rules = [
            {"ID": "parts", "Status": "Enabled", "Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": parts},
            {"ID": "code", "Status": "Enabled", "Filter": {"Prefix": "code/"}, "Expiration": {"Days": _CODE_DAYS}},
        ]
        policy = json.dumps(encrypted_only(self._cloud.partition, self.name))
        return {
            "put_public_access_block": {"PublicAccessBlockConfiguration": dict.fromkeys(closed, True)},
            "put_bucket_ownership_controls": {
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
            },
            "put_bucket_encryption": {"ServerSideEncryptionConfiguration": {"Rules": [encryption]}},
            "put_bucket_lifecycle_configuration": {"LifecycleConfiguration": {"Rules": rules}},
            "put_bucket_policy": {"Policy": policy},
        }

    def _spec(self) -> str:
        return hashlib.sha256(json.dumps(self._settings(), sort_keys=True).encode()).hexdigest()[:12]

    def remove(self) -> None:
        """Remove it with all that is in it."""
        with passing("NoSuchBucket"):
            self._cloud.bucket.delete("")
            for upload in self._s3.list_multipart_uploads(**self._place).get("Uploads", []):
                self._s3.abort_multipart_upload(Key=upload["Key"], UploadId=upload["UploadId"], **self._place)
            self._s3.delete_bucket(**self._place)
