"""x"""
def render_grid(runs, grid): pass
