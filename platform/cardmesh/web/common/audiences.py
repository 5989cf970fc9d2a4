"""Who looks at a dashboard: what its money is called, where its rows are, what it may be narrowed to.

The supplier never reads what buyers paid, nor which distributor sold.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...identity.models import Party
from ...insight.boards.figures import Figures
from ...kit.i18n import Text


@dataclass(frozen=True, slots=True)
class Audience:
    """`sales` is the sum that leads, `keep` what of it stays with the reader, `lost` what refunds took back."""

    party: str
    rows: str
    board: str
    file: str
    narrows: tuple[str, ...]
    rank: str
    sales: Callable[[Figures], int]
    sales_name: Text
    keep: Callable[[Figures], int]
    keep_name: Text
    rate_name: Text
    parts: Sequence[tuple[Text, Callable[[Figures], int], str]]
    """What sales are divided into, and the colour of each."""
    lost: Callable[[Figures], int]
    whole_orders: bool = True
    """Whether it sees orders, or only units of them."""

    def rate(self, one: Figures) -> float | None:
        """What is kept of every sale, before refunds."""
        return self.parts[-1][1](one) / self.sales(one) if self.sales(one) else None


def _retail(one: Figures) -> int:
    return one.retail_minor


def _refunded(one: Figures) -> int:
    return one.refunded_retail_minor


PLATFORM = Audience(
    party=Party.PLATFORM,
    rows="admin.orders_list",
    board="admin.insights",
    file="admin.insights_file",
    narrows=("tenant", "supplier", "category", "product", "sku", "channel"),
    rank="retail_minor",
    sales=_retail,
    sales_name=Text("销售额", "Sales"),
    keep=lambda one: one.take_minor,
    keep_name=Text("平台收入", "Platform's take"),
    rate_name=Text("抽成比例", "Take rate"),
    parts=(
        (Text("供货商", "Suppliers"), lambda one: one.supplier_minor, "s1"),
        (Text("分销商", "Distributors"), lambda one: one.distributor_minor, "s2"),
        (Text("平台", "Platform"), lambda one: one.platform_minor, "s3"),
    ),
    lost=_refunded,
)
DISTRIBUTOR = Audience(
    party=Party.DISTRIBUTOR,
    rows="distributor.orders_list",
    board="distributor.insights",
    file="distributor.insights_file",
    narrows=("supplier", "category", "product", "sku", "channel"),
    rank="retail_minor",
    sales=_retail,
    sales_name=Text("销售额", "Sales"),
    keep=lambda one: one.profit_minor,
    keep_name=Text("利润", "Profit"),
    rate_name=Text("利润率", "Margin"),
    parts=(
        (Text("成本与费用", "Cost and fees"), lambda one: one.supplier_minor + one.platform_minor, "s5"),
        (Text("利润", "Profit"), lambda one: one.distributor_minor, "s2"),
    ),
    lost=_refunded,
)
SUPPLIER = Audience(
    party=Party.SUPPLIER,
    rows="supplier.sold_list",
    board="supplier.insights",
    file="supplier.insights_file",
    narrows=("category", "product", "sku"),
    rank="supplier_minor",
    sales=lambda one: one.supplier_minor,
    sales_name=Text("销售收入", "Income from sales"),
    keep=lambda one: one.income_minor,
    keep_name=Text("净收入", "Net income"),
    rate_name=Text("占进货价", "Share of cost"),
    parts=((Text("销售收入", "Income from sales"), lambda one: one.supplier_minor, "s1"),),
    lost=lambda one: one.refunded_supplier_minor,
    whole_orders=False,
)
