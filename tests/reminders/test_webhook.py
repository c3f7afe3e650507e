"""A webhook leads nowhere that its administrator could not reach himself: names are looked up when something is
sent, private addresses are refused in words, redirects are not followed."""

from __future__ import annotations

import socket
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest
from flask import Flask

from equipment.core.config import Settings
from equipment.core.networks import may_be_sent_to, networks_in
from equipment.reminders import sms
from equipment.reminders.channels import Sender
from equipment.reminders.states import ChannelKind
from equipment.reminders.webhook import NO_HOST, NOT_TAKEN, PRIVATE, REDIRECTED
from tests.reminders.conftest import Webhook

PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    ("address", "named", "may"),
    [
        (PUBLIC, "", True),
        ("2606:2800:220:1::1", "", True),
        ("127.0.0.1", "", False),
        ("10.1.2.3", "", False),
        ("172.31.0.1", "", False),
        ("192.168.1.1", "", False),
        ("169.254.169.254", "", False),  # the metadata of a cloud
        ("100.100.100.200", "", False),  # of another
        ("0.0.0.0", "", False),
        ("224.0.0.251", "", False),
        ("255.255.255.255", "", False),
        ("::1", "", False),
        ("fe80::1", "", False),
        ("fd00::1", "", False),
        ("::ffff:10.1.2.3", "", False),
        ("::ffff:93.184.216.34", "", True),
        ("2002:0a01:0203::", "", False),  # 6to4 of 10.1.2.3
        ("64:ff9b::a9fe:a9fe", "", False),  # NAT64 of 169.254.169.254
        ("64:ff9b::5db8:d822", "", True),
        ("10.1.2.3", "10.1.0.0/16", True),
        ("10.2.0.1", "10.1.0.0/16, 192.168.5.9", False),
        ("192.168.5.9", "10.1.0.0/16, 192.168.5.9", True),
        ("::ffff:10.1.2.3", "10.1.0.0/16", True),
        ("127.0.0.1", "10.1.0.0/16", False),
    ],
)
def test_messages_go_to_the_open_network_and_to_private_ones_that_were_named(
    address: str, named: str, may: bool
) -> None:
    assert may_be_sent_to(ip_address(address), networks_in(named)) is may


def test_a_setting_that_names_no_network_is_told() -> None:
    assert Settings(webhook_networks="10.0.0.0/8, 192.168.5.9").misread() == []
    assert Settings(webhook_networks="the office").misread() == [
        "WEBHOOK_NETWORKS names something that is no network."
    ]


def sent(app: Flask, settings: Settings, address: str) -> str:
    """What was wrong; "" when it was taken."""
    with app.app_context():
        return Sender("one", settings).send(ChannelKind.WEBHOOK, address, "标题", "- 到期", key="k1").fault


def test_a_message_has_its_id_and_its_query_and_arrives_whole(
    app: Flask, settings: Settings, webhook: Webhook
) -> None:
    assert sent(app, settings, webhook.address("in?token=a b&站=1")) == ""
    assert webhook.received == [
        {
            "path": "/in?token=a%20b&%E7%AB%99=1",
            "version": "1.0",
            "id": "k1",
            "title": "标题",
            "message": "- 到期",
            "type": "info",
        }
    ]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]"]
)
def test_a_private_address_is_refused_however_it_is_written(
    app: Flask, settings: Settings, webhook: Webhook, host: str
) -> None:
    address = webhook.address("in").replace("127.0.0.1", host)
    assert sent(app, replace(settings, webhook_networks=""), address) == PRIVATE
    assert webhook.received == []


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """A name server that says something else every time; returns what was asked."""
    left, questions = [*answers], []

    def getaddrinfo(host: str, port: int, *_more: Any, **_options: Any) -> list[tuple[Any, ...]]:
        questions.append(host)
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return questions


def test_one_private_address_of_several_is_enough(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, [PUBLIC, "10.0.0.1"])
    assert sent(app, settings, "http://hooks.test.cn/in") == PRIVATE


def test_a_name_that_means_another_address_a_moment_later_leads_where_it_was_looked_at(
    app: Flask, settings: Settings, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    went: list[str] = []

    def create_connection(address: tuple[str, int], *_more: object) -> socket.socket:
        went.append(address[0])
        raise OSError("no way out of this test")

    questions = names(monkeypatch, [PUBLIC], ["127.0.0.1"])
    monkeypatch.setattr(socket, "create_connection", create_connection)
    assert sent(app, settings, "http://hooks.test.cn/in") == NOT_TAKEN
    assert (went, questions, webhook.received) == ([PUBLIC], ["hooks.test.cn"], [])


def test_a_name_that_nobody_knows_is_told(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def getaddrinfo(*_question: Any, **_options: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert sent(app, settings, "http://hooks.test.cn/in") == NO_HOST


def test_a_redirect_is_not_followed(app: Flask, settings: Settings, webhook: Webhook) -> None:
    webhook.status, webhook.location = 307, webhook.address("secret")
    assert sent(app, settings, webhook.address("in")) == REDIRECTED
    assert [message["path"] for message in webhook.received] == ["/in"]


def test_a_gateway_out_of_the_settings_is_not_followed_elsewhere_either(
    settings: Settings, webhook: Webhook
) -> None:
    webhook.status, webhook.location = 302, webhook.address("secret")
    own = replace(settings, sms_url=webhook.address("sms"), sms_template="T1")
    assert sms.send(own, "k1", "13800000001", 1, "到期").fault == sms.NOT_TAKEN
    assert [message["path"] for message in webhook.received] == ["/sms"]
