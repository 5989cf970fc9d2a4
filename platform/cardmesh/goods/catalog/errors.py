"""Refusals about the catalog."""

from ...kit.errors import ValidationFailed
from ...kit.i18n import Text


class CategoryUnknown(ValidationFailed):
    code, text = "category_unknown", Text("未知的分类“{category}”", "Unknown category “{category}”")


class CategoryClosed(ValidationFailed):
    code, text = "category_closed", Text("平台暂不经营分类“{category}”", "The platform does not sell “{category}”")


class NameInvalid(ValidationFailed):
    """`field`: product or sku."""

    code = "name_invalid"
    text = Text("名称不能为空，且不超过 {limit} 个字符", "A name has 1 to {limit} characters, not only punctuation")


class FaceInvalid(ValidationFailed):
    code, text = "face_value_invalid", Text("面值无效", "The face value is not valid")
