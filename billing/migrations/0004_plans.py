import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from billing.guards import run_sql_file


class Migration(migrations.Migration):
    """Plans have limits and can change; payments are remembered by their references.

    The guards are taken down first, because SQLite rebuilds the tables they stand on, and are
    put up again, with more to guard, in the same transaction.
    """

    dependencies = [
        ('accounts', '0001_initial'),
        ('billing', '0003_grant_permission'),
    ]

    operations = [
        run_sql_file("drop_guards", undo="guards"),
        migrations.CreateModel(
            name='PaymentEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=200)),
                ('kind', models.CharField(choices=[('started', 'Subscription started'), ('changed', 'Plan changed'), ('ended', 'Subscription ended'), ('purchased', 'Credits purchased')], max_length=9)),
                ('credits', models.BigIntegerField(null=True)),
                ('actor', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name='plan',
            name='concurrent_jobs',
            field=models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.AddField(
            model_name='plan',
            name='polls_per_minute',
            field=models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.AddField(
            model_name='plan',
            name='submissions_per_minute',
            field=models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.AddField(
            model_name='wallet',
            name='ends_at_reset',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='wallet',
            name='next_plan',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.plan'),
        ),
        migrations.AlterField(
            model_name='entry',
            name='period',
            field=models.CharField(blank=True, max_length=64, null=True),
        ),
        migrations.AlterField(
            model_name='plan',
            name='monthly_credits',
            field=models.PositiveBigIntegerField(validators=[django.core.validators.MaxValueValidator(1000000000000)]),
        ),
        migrations.AlterField(
            model_name='wallet',
            name='plan',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='wallets', to='billing.plan'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('regular', 0), models.Q(('kind__in', ['charge', 'reset']), _negated=True), ('period__isnull', False), _connector='OR'), name='billing_entry_regular_has_a_period'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['reset', 'lapse']), ('permanent', 0)), models.Q(('kind', 'purchase'), ('regular', 0)), models.Q(('kind__in', ['reset', 'lapse', 'purchase']), _negated=True), _connector='OR'), name='billing_entry_moves_its_balance'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(('monthly_credits__lte', 1000000000000)), name='billing_plan_credits_bounded'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('submissions_per_minute__isnull', True), ('submissions_per_minute__gte', 1), _connector='OR'), models.Q(('polls_per_minute__isnull', True), ('polls_per_minute__gte', 1), _connector='OR'), models.Q(('concurrent_jobs__isnull', True), ('concurrent_jobs__gte', 1), _connector='OR')), name='billing_plan_limits_at_least_one'),
        ),
        migrations.AddConstraint(
            model_name='wallet',
            constraint=models.CheckConstraint(condition=models.Q(('plan__isnull', True), ('resets_at__isnull', False), _connector='OR'), name='billing_wallet_plan_has_a_period'),
        ),
        migrations.AddConstraint(
            model_name='wallet',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ends_at_reset', False), ('next_plan__isnull', True)), models.Q(('next_plan__isnull', True), ('plan__isnull', False)), models.Q(('ends_at_reset', False), ('plan__isnull', False)), _connector='OR'), name='billing_wallet_one_change_of_plan'),
        ),
        migrations.AddField(
            model_name='paymentevent',
            name='plan',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.plan'),
        ),
        migrations.AddField(
            model_name='paymentevent',
            name='wallet',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payment_events', to='billing.wallet'),
        ),
        migrations.AddConstraint(
            model_name='paymentevent',
            constraint=models.UniqueConstraint(fields=('reference',), name='billing_paymentevent_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='paymentevent',
            constraint=models.CheckConstraint(condition=models.Q(('reference', ''), _negated=True), name='billing_paymentevent_has_a_reference'),
        ),
        migrations.AddConstraint(
            model_name='paymentevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('credits__isnull', True), ('kind__in', ['started', 'changed']), ('plan__isnull', False)), models.Q(('credits__isnull', True), ('kind', 'ended'), ('plan__isnull', True)), models.Q(('credits__gt', 0), ('credits__isnull', False), ('kind', 'purchased'), ('plan__isnull', True)), _connector='OR'), name='billing_paymentevent_fits_its_kind'),
        ),
        run_sql_file("guards_2", undo="drop_guards_2"),
    ]
