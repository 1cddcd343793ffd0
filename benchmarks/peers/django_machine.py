"""The machines as a Django model, and how django-import-export is to import them; needs configured settings."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from import_export.instance_loaders import CachedInstanceLoader
from import_export.resources import ModelResource

from benchmarks.declaration import COLUMNS


class Machine(models.Model):
    """The same 12 columns with the same types as ours."""

    serial = models.TextField(unique=True)
    name = models.TextField()
    manufacturer = models.TextField(blank=True)
    model = models.TextField(blank=True)
    city = models.TextField(blank=True)
    department = models.TextField(blank=True)
    quantity = models.BigIntegerField(null=True)
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    purchased_on = models.DateField(null=True)
    email = models.EmailField(blank=True)
    asset_tag = models.TextField(blank=True)
    comment = models.TextField(blank=True)

    class Meta:
        """Of the app that this package is to Django."""

        app_label = "peers"


class Plain(ModelResource):
    """The library's defaults, but for leaving alone what has not changed."""

    class Meta:
        """A query and a ``save`` per row."""

        model = Machine
        fields: ClassVar = COLUMNS
        import_id_fields: ClassVar = ("serial",)
        skip_unchanged = True
        use_transactions = True


class Fastest(Plain):
    """What the library offers for speed, as long as it still finds out what has not changed."""

    class Meta(Plain.Meta):
        """One query for all that is stored, bulk statements in one transaction, no report in HTML."""

        instance_loader_class = CachedInstanceLoader
        report_skipped = False
        skip_html_diff = True
        use_bulk = True


WAYS = {"fastest": Fastest, "plain": Plain}
