-- one row: whether the lake's copy differs from the ledger
select
    exists(
        (select
            address_key,
            reason
        from present_suppressions
        except
        select
            address_key,
            reason
        from suppressions)
        union all
        (select
            address_key,
            reason
        from suppressions
        except
        select
            address_key,
            reason
        from present_suppressions)
    ) as is_different
