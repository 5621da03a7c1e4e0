# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import Command
from odoo.tests import tagged

from .test_channel_tour import ScreenCase


class ChainTourCase(ScreenCase):
    def check_console(self):
        self.env["revisit.knowledge"].create(
            {
                "name": "Why does it hum?",
                "answer": "<p>Put it <b>level</b>.</p>",
                "tips": "Ask where it stands.",
                "owner_id": self.supervisor.id,
                "product_ids": [Command.link(self.product.id)],
            }
        ).with_user(self.supervisor).action_publish()
        hours = {"delay": 0, "open_for": 8, "delay_unit": "hour"}
        policy = self.make_policy(
            "manual",
            step_ids=[
                Command.create({"position": 2, **hours}),
                Command.create({"position": 3, **hours}),
            ],
        )
        first = self.make_work(
            "Chain Customer", 0, policy=policy, product_id=self.product.id
        )
        self.start_tour(
            "/odoo/callback-console", "revisit_chain_tour", login=self.agent.login
        )
        self.env.invalidate_all()
        second = first._find_next()
        self.assertRecordValues(
            second,
            [
                {
                    "chain_id": first.id,
                    "chain_position": 2,
                    "chain_reason": "The part has not come",
                    "user_id": self.agent.id,
                }
            ],
        )
        self.assertEqual(self.env["revisit.knowledge"].search([]).used_count, 1)
        return second


@tagged("post_install", "-at_install")
class TestChainTour(ChainTourCase):
    browser_size = "1366x768"

    def test_chain(self):
        """C9, C11: the console's known answer and next callback, the form's button."""
        second = self.check_console()
        mine = second.with_user(self.agent)
        mine.action_log_attempt("reached")
        mine.action_done(feedback="Still nothing")
        self.start_tour(
            f"/odoo/callback-queue/{second.id}",
            "revisit_chain_form_tour",
            login=self.agent.login,
        )
        self.env.invalidate_all()
        self.assertEqual(second._find_next().chain_reason, "Still waiting")


@tagged("post_install", "-at_install")
class TestChainTourOnThePhone(ChainTourCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_chain_on_the_phone(self):
        """C9, C11, H3: the same as wide as a phone."""
        self.check_console()
