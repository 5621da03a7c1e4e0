# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class RevisitTopicMixin(models.AbstractModel):
    """What a conversation is about, so that what is known of it is found."""

    _name = "revisit.topic.mixin"
    _description = "Topic of a Talk"
    _inherit = ["revisit.informed.mixin"]

    def _get_topic(self):
        """Include the products of all reasons, and the issues behind or from them."""
        products, categories = super()._get_topic()
        # one conversation, whoever may read which part of it
        contact = self.sudo()._get_contact()
        issues = contact.issue_ids
        for callback in contact:
            products |= callback.product_id | callback._get_document_products()
        confirmed = contact.filtered(lambda c: c.source_model == "revisit.issue")
        issues |= issues.browse(confirmed.mapped("source_id")).exists()
        products = products.sudo() | issues.product_id  # names of topics are no secret
        return products, categories.sudo() | issues.category_id  # likewise
