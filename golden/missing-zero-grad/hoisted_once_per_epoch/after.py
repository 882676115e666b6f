import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(11)
x = torch.randn(500, 10)
y = (x[:, :5].sum(1) > x[:, 5:].sum(1)).long()
train_loader = DataLoader(TensorDataset(x, y), batch_size=25, shuffle=True)

model = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
loss_function = nn.CrossEntropyLoss()

for epoch in range(6):
    model.train()
    hits = 0
    for x_batch, y_batch in train_loader:
        optimizer.zero_grad()
        scores = model(x_batch)
        loss = loss_function(scores, y_batch)
        loss.backward()
        optimizer.step()
        hits += (scores.argmax(dim=1) == y_batch).sum().item()
    print('Epoch: {}  train accuracy: {:.3f}'.format(epoch, hits / 500))
