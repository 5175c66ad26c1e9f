import asyncio

from voiceclone.front.exchange import Exchange


async def wait_for(exchange: Exchange) -> None:
    """Answer when the job has ended or the time is over, or when the server ends."""
    ended, gone, stopped = exchange.ended, exchange.gone, exchange.stopped
    pending = exchange.pending
    await asyncio.wait(
        {ended, gone, stopped},
        timeout=exchange.deferred.seconds,
        return_when=asyncio.FIRST_COMPLETED,
    )
    if gone.done():
        await exchange.cancel()
    elif stopped.done() and not ended.done():
        await exchange.cancel()
        await exchange.answer(pending.refuse)
    elif exchange.job_is_gone:
        await exchange.answer(pending.gone)
    else:
        await exchange.finish(timed_out=not ended.done())
