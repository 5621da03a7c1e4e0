# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_touch
from . import sending
from . import queueing
from . import delivery
from . import mail_notification
