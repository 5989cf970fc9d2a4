"""Refusals about an import as a whole."""

from ...kit.errors import ValidationFailed
from ...kit.i18n import Text


class ImportKindUnknown(ValidationFailed):
    code, text = "import_kind_invalid", Text("导入类型须为 keys 或 offers", "An import is of kind keys or offers")


class TooManyKeys(ValidationFailed):
    code = "import_too_many_keys"
    text = Text("一次最多提交 {limit} 个卡密，请改用表格上传", "At most {limit} keys at once; upload a sheet for more")


class UploadMissing(ValidationFailed):
    """The sealed sheet is gone before it was read to its end."""

    code, text = (
        "import_upload_missing",
        Text("上传的文件已不存在，请重新上传", "The upload is gone; send the file again"),
    )


class UploadDamaged(ValidationFailed):
    code, text = (
        "import_upload_damaged",
        Text("上传的文件校验失败，请重新上传", "The stored upload fails its check; send it again"),
    )


class OfferCurrencyFixed(ValidationFailed):
    code = "import_offer_currency"
    text = Text(
        "该供货的币种为 {currency}，不能通过导入更改", "This offer is in {currency}, which an import does not change"
    )
