# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Bring contacts and assignments into line with what is refused from now on."""

from odoo import SUPERUSER_ID, api

from ...tools.terms import CHANNEL_GROUPS

QUIET = {"tracking_disable": True, "mail_auto_subscribe_no_notify": True}


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, QUIET)
    join_channels(env)
    take_back_policies(env)
    take_back_callbacks(env)


def join_channels(env):
    """Let open followers be made in the way in which their leader is made."""
    followers = env["revisit.callback"].search(
        [("contact_id", "!=", False), ("is_open", "=", True)]
    )
    for leader, group in followers.grouped("contact_id").items():
        others = group.filtered(
            lambda c, leader=leader: (
                CHANNEL_GROUPS[c.channel] != CHANNEL_GROUPS[leader.channel]
            )
        )
        if others:
            others.write({"channel": leader.channel})


def take_back_policies(env):
    """Leave to the unit's queue what policies gave to dealers' users."""
    policies = env["revisit.policy"].with_context(active_test=False)
    policies.search([("level", "!=", "dealer"), ("assignment", "=", "dealer")]).write(
        {"assignment": "none"}
    )
    for policy in policies.search([("agent_id", "!=", False)]):
        dealer = policy.team_id.dealer_id
        if not policy.agent_id._revisit_may_make(policy.level, dealer):
            policy.write({"assignment": "none", "agent_id": False})


def take_back_callbacks(env):
    """Take open callbacks back from users who must not know of them."""
    outsiders = env["res.users"].search([])
    outsiders = outsiders.filtered(lambda user: user._revisit_get_dealer())
    callbacks = env["revisit.callback"].search(
        [("user_id", "in", outsiders.ids), ("is_open", "=", True)]
    )
    for callback in callbacks:
        user = callback.user_id
        if not user._revisit_may_make(callback.level, callback.dealer_id):
            callback.message_unsubscribe(user.partner_id.ids)
            callback.write({"user_id": False})
