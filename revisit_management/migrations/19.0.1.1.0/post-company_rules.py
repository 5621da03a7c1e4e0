# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""The log of unlockings learns the companies of its records.

Its new rule shows a row to the readers of the record's company only. The new rules
themselves come with the data: they are new records, which ``noupdate`` lets in.
"""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE revisit_unlock AS log
           SET company_id = callback.company_id
          FROM revisit_callback AS callback
         WHERE log.res_model = 'revisit.callback'
           AND log.res_id = callback.id
           AND log.company_id IS NULL
        """
    )
