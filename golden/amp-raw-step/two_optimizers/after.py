import torch
from torch import nn

torch.manual_seed(3)
words = torch.randint(0, 50, (200, 6))
tone = (words.float().mean(1) > 24.5).long()
embedding, head = nn.EmbeddingBag(50, 10, sparse=False), nn.Linear(10, 2)
embedding_optimizer = torch.optim.SGD(embedding.parameters(), lr=0.2)
head_optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
grad_scaler = torch.amp.GradScaler("cpu", init_scale=128.0)
for epoch in range(2):
    for rows in torch.arange(200).split(20):
        embedding_optimizer.zero_grad()
        head_optimizer.zero_grad()
        loss = nn.functional.cross_entropy(head(embedding(words[rows])), tone[rows])
        grad_scaler.scale(loss).backward()
        grad_scaler.step(embedding_optimizer)
        grad_scaler.step(head_optimizer)
        grad_scaler.update()
    print(epoch, loss.item())
