"""Live channel: what is new about runs, queue and sweeps, for every browser that subscribed.

May import `model_store`, Starlette and the standard library.
"""
