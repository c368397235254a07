"""Who is next."""

import itertools


class Line:
    """The RUNNABLE jobs of a queue in the order in which they start."""

    def __init__(self):
        self._front, self._back = {}, {}

    def __iter__(self):
        return iter([*self._front.values(), *self._back.values()])

    def head(self, most):
        return list(itertools.islice(itertools.chain(self._front.values(), self._back.values()), most))

    def push(self, job):
        # "Batch … retried jobs are moved to the front of the queue" – user guide, best practices
        (self._front if job.attempts else self._back)[job.id] = job

    def remove(self, job):
        self._front.pop(job.id, None)
        self._back.pop(job.id, None)
