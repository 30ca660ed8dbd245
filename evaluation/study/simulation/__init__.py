"""Whole conversations for experts to read: are conversations without a person viable?"""
