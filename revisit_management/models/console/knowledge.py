# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.exceptions import UserError


class RevisitConsole(models.AbstractModel):
    """Answers that are known already, shown where the customer asks."""

    _inherit = "revisit.console"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _get_knowledge(self, callback):
        """Return the published answers about this conversation, at most five."""
        return [
            {
                "id": knowledge.id,
                "name": knowledge.name,
                "answer": knowledge.answer or "",
                "tips": knowledge.tips or "",
            }
            for knowledge in callback.knowledge_ids
        ]

    @api.model
    def use_knowledge(self, callback_id, knowledge_id):
        """Count that an answer was opened in a talk, once for each talk.

        :param callback_id: id of the callback on the screen
        :param knowledge_id: id of one of the answers of the screen
        """
        self._check_agent()
        callback = self._read_callback(callback_id)
        reader, knowledge = self.env["revisit.reader"], self.env["revisit.knowledge"]
        ids = reader._read_ids(reader._get_label(knowledge, "id"), [knowledge_id])
        found = callback.knowledge_ids.filtered(lambda row: row.id in (ids or ()))
        if not found:
            raise UserError(
                self.env._("This answer is not offered any more. Look for another one.")
            )
        found._note_use(callback)
        return True
