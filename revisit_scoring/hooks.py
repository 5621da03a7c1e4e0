# Part of Revisit. See LICENSE file for full copyright and licensing details.


def post_init_hook(env):
    """Compute the regions of dealers that have units; other partners have none."""
    units = env["revisit.team"].search([("dealer_id", "!=", False)])
    units.dealer_id._compute_revisit_region_id()


def uninstall_hook(env):
    """Remove scores first, as published ones prevent deleting schemes and metrics."""
    env.cr.execute(
        "UPDATE revisit_score SET previous_id = NULL WHERE previous_id IS NOT NULL"
    )
    env.cr.execute("DELETE FROM revisit_assessment")
    env.invalidate_all()
