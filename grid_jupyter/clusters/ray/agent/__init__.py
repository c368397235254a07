"""What runs on the Ray cluster: one driver for each job, one agent for each attempt, and what is between them.

::

    driver (the job) ── starts ──▶ attend (a task of Ray's) ── starts ──▶ trial (the agent) ──▶ script
       │  ▲ inbox: what the session asks for                │ pipe
       ▼                                                    ▼
    keeper (an actor on the driver's node): keeps what agents send, and writes for the session what they tell

This package is sent with the code of each run. It needs the Ray of the cluster and the standard library.
"""
