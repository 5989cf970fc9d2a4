"""Why a file, a header or a cell is refused. Files and headers raise; a bad cell is marked."""

from ..errors import MeshError
from ..i18n import Text


class SheetError(MeshError):
    code, status = "sheet_damaged", 422
    text = Text("文件已损坏，无法读取", "The file is damaged and cannot be read")


class SheetEmpty(SheetError):
    code = "sheet_empty"
    text = Text("文件中没有任何数据", "The file holds no rows")


class SheetTooLarge(SheetError):
    """`what`: bytes, rows, columns or cells; `limit`: how many are allowed."""

    code, status = "sheet_too_large", 413
    text = Text("文件过大：{what} 超过上限 {limit}", "The file is too large: more than {limit} {what}")


class SheetBomb(SheetError):
    """`why`: entries, size, ratio, directory or path, as the archive's directory states them."""

    code = "sheet_bomb"
    text = Text("文件展开后异常庞大，已拒绝（{why}）", "Refused: the file would unpack to an abnormal size ({why})")


class SheetUnsupported(SheetError):
    """`format`: what the content looks like."""

    code, status = "sheet_unsupported", 415
    text = Text(
        "不支持的文件格式（{format}），请另存为 .xlsx 或 .csv",
        "Unsupported format ({format}); save it as .xlsx or .csv",
    )


class SheetEncoding(SheetError):
    """`offset`: the first byte that is neither UTF-8 nor GB18030."""

    code = "sheet_encoding"
    text = Text(
        "无法识别文字编码（第 {offset} 字节），请另存为 UTF-8 或 GBK",
        "Unknown text encoding (at byte {offset}); save it as UTF-8 or GBK",
    )


class SheetDamaged(SheetError):
    text = Text("文件在第 {line} 行附近已损坏", "The file is damaged near line {line}")


class ColumnMissing(SheetError):
    """`columns`: the names a header must have and does not."""

    code = "sheet_column_missing"
    text = Text("表头缺少列：{columns}", "The header lacks columns: {columns}")


class ColumnDuplicate(SheetError):
    """`columns`: names that more than one header cell claims."""

    code = "sheet_column_duplicate"
    text = Text("表头的列重复：{columns}", "The header repeats columns: {columns}")


class NumberDamaged(SheetError):
    """A number of more than 15 digits: the spreadsheet program has already rounded it."""

    code = "sheet_number_damaged"
    text = Text(
        "数字超过 15 位，表格软件已丢失末尾数字；请把该列设为“文本”后重新填写",
        "A number over 15 digits has lost its last digits; format the column as text and enter it again",
    )


class FormulaError(SheetError):
    code = "sheet_formula_error"
    text = Text("单元格是公式错误值", "The cell holds a formula error")


class QuoteBroken(SheetError):
    code = "sheet_quote_broken"
    text = Text("引号不成对，无法确定单元格内容", "The quotes on this line do not pair up")


MARKS: dict[str, Text] = {kind.code: kind.text for kind in (NumberDamaged, FormulaError, QuoteBroken)}


def cell_text(code: str) -> Text:
    """The message of a mark in `Row.marks`."""
    return MARKS[code]
