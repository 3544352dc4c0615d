"""The tab "The generator": is it good enough to explain with?"""
