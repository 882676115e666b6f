"""Collaborative filtering; the epoch is a nested function that closes over model and optimizer."""
import torch
import torch.nn as nn


def experiment(n_users=20, n_items=25, rank=3, epochs=15):
    torch.manual_seed(1)
    truth = torch.randn(n_users, rank) @ torch.randn(rank, n_items)
    pairs = torch.cartesian_prod(torch.arange(n_users), torch.arange(n_items))
    users, items = nn.Embedding(n_users, rank), nn.Embedding(n_items, rank)
    optimizer = torch.optim.Adam([*users.parameters(), *items.parameters()], lr=0.05)
    updates = 0

    def epoch():
        nonlocal updates
        loss_sum = 0.0
        for batch in pairs[torch.randperm(len(pairs))].split(50):
            u, i = batch.unbind(1)
            guess = (users(u) * items(i)).sum(1)
            loss = nn.functional.mse_loss(guess, truth[u, i])
            loss_sum += loss.item()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        updates += 1
        return loss_sum / 10

    for e in range(epochs):
        value = epoch()
    print('epochs', updates, 'loss', value)


experiment()
