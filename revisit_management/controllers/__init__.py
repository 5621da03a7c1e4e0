# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import callback_answer
from . import callback_time
from . import customer_page
from . import document_export
from . import portal
from . import portal_archive
from . import customer_data
from . import portal_filing
