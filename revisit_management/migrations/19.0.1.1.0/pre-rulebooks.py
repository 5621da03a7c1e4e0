# Part of Revisit. See LICENSE file for full copyright and licensing details.


def migrate(cr, version):
    """Let views that extend the callback's form find its button by the new name.

    The form is loaded, and checked with all that extends it, before they are.
    """
    cr.execute(
        """
        UPDATE ir_ui_view
           SET arch_db = replace(
               arch_db::text, 'name=\\"action_cancel\\" position=',
               'name=\\"action_open_cancel\\" position=')::jsonb
         WHERE model = 'revisit.callback' AND inherit_id IS NOT NULL
        """
    )
