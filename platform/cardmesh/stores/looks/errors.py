"""Refusals around the draft of a look."""

from ...kit.errors import Conflict, MeshError
from ...kit.i18n import Text


class DraftConflict(MeshError):
    """Somebody saved the draft meanwhile; `revision`, `author` and `look` are theirs."""

    code, status = "draft_conflict", 409
    text = Text("草稿已被{author}修改", "The draft was changed meanwhile by {author}")


class NothingToPublish(Conflict):
    code, text = "nothing_to_publish", Text("草稿与线上外观相同", "The draft is no different from what is live")


class PreviewExpired(MeshError):
    """A preview link that is over, or that we never gave."""

    code, status = "preview_expired", 404
    text = Text("预览链接已失效", "This preview link is no longer valid")


class ImageRefused(MeshError):
    code, status = "image_refused", 422
    text = Text(
        "请上传 PNG、JPEG 或 WebP 图片，不超过 {most} KB", "Send a PNG, JPEG or WebP picture of at most {most} KB"
    )
