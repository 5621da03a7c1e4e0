# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Cancelled callbacks say by whom and when, as far as their messages tell it."""

from odoo.tools import SQL


def migrate(cr, version):
    if not version:
        return
    cr.execute(
        SQL(
            """
            UPDATE revisit_callback callback
               SET left_at = told.date, left_by_id = told.create_uid
              FROM (SELECT DISTINCT ON (message.res_id)
                           message.res_id, message.date, value.create_uid
                      FROM mail_tracking_value value
                      JOIN mail_message message ON message.id = value.mail_message_id
                      JOIN ir_model_fields field ON field.id = value.field_id
                     WHERE message.model = 'revisit.callback'
                       AND field.model = 'revisit.callback' AND field.name = 'state'
                     ORDER BY message.res_id, message.id DESC) told
             WHERE told.res_id = callback.id AND callback.state = 'cancelled'
               AND callback.left_at IS NULL
            """
        )
    )
    # whose customer refuses all contact still, and whom no document has asked again
    cr.execute(
        SQL(
            """
            UPDATE revisit_callback callback SET is_unwanted = TRUE
              FROM res_partner partner
              JOIN res_partner family ON family.id = partner.commercial_partner_id
             WHERE partner.id = callback.partner_id AND callback.state = 'cancelled'
               AND callback.cancel_reason = 'source'
               AND (partner.do_not_contact OR family.do_not_contact)
            """
        )
    )
