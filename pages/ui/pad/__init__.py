"""The drawing pad: canvas, buttons, keyboard.

May import `frame` and what is below it.
"""
