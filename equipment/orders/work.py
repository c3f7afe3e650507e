"""What orders leave to the jobs process: their papers, the list as a file, and the morning on which an order
is late."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from equipment.orders import printing
from equipment.orders.actions import mark_overdue
from equipment.orders.listing import order_table
from equipment.tasks.makers import JobsProcess, Work, repeated
from equipment.tasks.workbooks import list_maker


def mark_late_orders(on: date) -> Mapping[str, object]:
    """逾期未整改: how many orders became so."""
    return {"orders": repeated(mark_overdue, on)}


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "orders.list": list_maker(order_table),
            "orders.paper": printing.print_order,
            "orders.case_file": printing.print_case_file,
        },
        timed={"mark_late_orders": mark_late_orders},
        drawing=("equipment.orders.printing",),
    )
